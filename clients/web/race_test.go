//go:build race

package web_test

// raceDetector says whether this run is under the race detector.
const raceDetector = true
