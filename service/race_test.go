//go:build race

package service_test

// raceDetector says that this run is under the race detector.
const raceDetector = true
