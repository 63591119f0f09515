//go:build !race

package nethttp

const RaceEnabled = false
