package picture

import "math"

// MaxPlaces is how many places a map has room for, and MaxLegs how many legs of
// routes.
const (
	MaxPlaces = 20
	MaxLegs   = 40
)

// Map is places and the ways between them. Nothing is drawn but what is given: no
// border, no coast, no country, and none follows from it.
type Map struct {
	Places []Place
	Legs   []Leg
	Words  MapWords
}

// Place is a place as far as it is known.
type Place struct {
	Label string
	// Located says that somebody said where it lies; else it is left out.
	Located bool
	// Latitude and Longitude are degrees north and east.
	Latitude, Longitude float64
	// Radius is within how many metres of this point it lies.
	Radius float64
	Part   Part
	Stance Stance
}

// Part is the part that a place had.
type Part int

// The parts. Several is more than one of them.
const (
	At Part = iota
	From
	Via
	To
	Several
)

// Leg leads from one place to the next, by their positions in Places.
type Leg struct {
	From, To int
	Stance   Stance
}

// MapWords are the captions of a map's key; those left empty are not shown.
type MapWords struct {
	Parts   map[Part]string
	Within  string // the place lies within the circle
	Leg     string // from one place to the next
	Denied  string // a leg that is only denied
	Stances StanceWords
}

// located gives the places that are drawn, by position, and those that are not.
func (m Map) located() (drawn, omitted []int) {
	for i, p := range m.Places {
		if len(drawn) < MaxPlaces && p.Located && onEarth(p) {
			drawn = append(drawn, i)
		} else {
			omitted = append(omitted, i)
		}
	}
	return drawn, omitted
}

func onEarth(p Place) bool {
	return math.Abs(p.Latitude) <= 90 && math.Abs(p.Longitude) <= 180 && p.Radius >= 0 && p.Radius < 21_000_000
}

const metresPerDegree = 111_195.0 // of latitude

// projection is equirectangular: degrees of latitude are as long as they are in the
// middle of the map, and so are those of longitude.
type projection struct {
	west, north float64 // of the frame
	perDegree   float64 // pixels for a degree of latitude
	narrowing   float64 // of a degree of longitude, in the middle
	frame       box
}

func (p projection) at(longitude, latitude float64) point {
	return point{p.frame.x + (longitude-p.west)*p.narrowing*p.perDegree, p.frame.y + (p.north-latitude)*p.perDegree}
}

// degrees is a part of the world. East may be beyond 180: the world is round.
type degrees struct{ west, east, south, north float64 }

// turned puts longitudes on that side of the world where they lie together.
func turned(places []Place) []Place {
	away := false
	for _, p := range places {
		for _, o := range places {
			away = away || p.Longitude-o.Longitude > 180
		}
	}
	shifted := append([]Place{}, places...)
	for i := range shifted {
		if away && shifted[i].Longitude < 0 {
			shifted[i].Longitude += 360
		}
	}
	return shifted
}

// reach is the ellipse in which a place lies, in degrees.
func (p Place) reach() (longitude, latitude float64) {
	latitude = p.Radius / metresPerDegree
	return latitude / narrowingAt(p.Latitude), latitude
}

// narrowingAt is how much shorter a degree of longitude is than one of latitude; near
// the poles it would come to nothing.
func narrowingAt(latitude float64) float64 {
	return max(math.Cos(latitude*math.Pi/180), 0.1)
}

func bounds(places []Place) degrees {
	const leastReach = 0.1 // degrees: about 11 km, so that a single point has surroundings
	if len(places) == 0 {
		return degrees{-1, 1, -1, 1}
	}
	b := degrees{math.Inf(1), math.Inf(-1), math.Inf(1), math.Inf(-1)}
	for _, p := range places {
		x, y := p.reach()
		x, y = max(x, leastReach), max(y, leastReach)
		b.west, b.east = min(b.west, p.Longitude-x), max(b.east, p.Longitude+x)
		b.south, b.north = min(b.south, p.Latitude-y), max(b.north, p.Latitude+y)
	}
	return b
}

const (
	leastMap = 240.0 // pixels of height
	mostMap  = 460.0
)

// project fits what is shown into a frame of this width.
func project(b degrees, left, top, width float64) projection {
	middle := (b.south + b.north) / 2
	p := projection{narrowing: narrowingAt(middle)}
	wide, high := (b.east-b.west)*p.narrowing, b.north-b.south
	const around = 14.0
	p.perDegree = min((width-2*around)/wide, (mostMap-2*around)/high)
	height := min(max(math.Ceil(high*p.perDegree+2*around), leastMap), mostMap)
	p.frame = box{left, top, width, height}
	p.west = (b.west+b.east)/2 - width/2/p.perDegree/p.narrowing
	p.north = middle + height/2/p.perDegree
	return p
}

// circle is where a place lies, for certain.
func (p projection) circle(place Place) []point {
	x, y := place.reach()
	x, y = x*p.narrowing*p.perDegree, y*p.perDegree
	centre := p.at(place.Longitude, place.Latitude)
	path := circle(point{}, max(x, y))
	for i, corner := range path {
		path[i] = point{centre.x + corner.x*x/max(x, y), centre.y + corner.y*y/max(x, y)}
	}
	return path
}
