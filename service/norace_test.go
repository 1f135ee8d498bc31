//go:build !race

package service_test

// raceDetector says whether this run is under the race detector.
const raceDetector = false
