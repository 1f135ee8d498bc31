package verify

// What comes with the program is in no export: it is here as docs/export-format.md
// lists it.

// builtInActs says of the acts that come with the program whether they last.
var builtInActs = map[string]bool{
	"detention": true, "enforced-disappearance": true, "house-arrest": true, "forced-labour": true,
	"arrest": false, "abduction": false, "mass-round-up": false, "deportation": false, "denial-of-asylum": false,
	"refoulement": false, "death-in-detention": false, "death-in-transport": false, "transfer": false,
	"border-handover": false, "release": false, "sentencing": false, "torture": false, "sexual-violence": false,
	"forced-abortion": false, "trafficking": false, "execution": false,
}

// builtInPlaces says what contains the places that come with the program.
var builtInPlaces = map[string]string{
	"china":             "",
	"north-korea":       "",
	"south-korea":       "",
	"jilin":             "china",
	"liaoning":          "china",
	"heilongjiang":      "china",
	"yanbian":           "jilin",
	"baishan":           "jilin",
	"tonghua":           "jilin",
	"dandong":           "liaoning",
	"hunchun":           "yanbian",
	"tumen":             "yanbian",
	"yanji":             "yanbian",
	"longjing":          "yanbian",
	"helong":            "yanbian",
	"changbai":          "baishan",
	"linjiang":          "baishan",
	"jian":              "tonghua",
	"quanhe":            "hunchun",
	"nanping":           "helong",
	"guchengli":         "helong",
	"sanhe":             "longjing",
	"north-hamgyong":    "north-korea",
	"ryanggang":         "north-korea",
	"chagang":           "north-korea",
	"north-pyongan":     "north-korea",
	"rason":             "north-korea",
	"onsong":            "north-hamgyong",
	"namyang":           "onsong",
	"kyongwon":          "north-hamgyong",
	"hoeryong":          "north-hamgyong",
	"musan":             "north-hamgyong",
	"chongjin":          "north-hamgyong",
	"hyesan":            "ryanggang",
	"manpo":             "chagang",
	"sinuiju":           "north-pyongan",
	"taehongdan":        "ryanggang",
	"samjang":           "taehongdan",
	"wonjong":           "rason",
	"tumen-namyang":     "tumen",
	"dandong-sinuiju":   "dandong",
	"changbai-hyesan":   "changbai",
	"jian-manpo":        "jian",
	"nanping-musan":     "nanping",
	"sanhe-hoeryong":    "sanhe",
	"guchengli-samjang": "guchengli",
	"quanhe-wonjong":    "quanhe",
}
