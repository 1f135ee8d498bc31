//go:build !race

package records

// raceDetector says that this run is under the race detector.
const raceDetector = false
