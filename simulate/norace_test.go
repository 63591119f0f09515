//go:build !race

package simulate

// RaceEnabled tells tests that the race detector makes everything slower.
const RaceEnabled = false
