package classify

import (
	"slices"
	"testing"
)

// Which refusals prove that nothing ran, status by status.
func TestExecuted(t *testing.T) {
	refused := []int{400, 404, 405, 406, 407, 409, 410, 411, 412, 413, 414, 415, 416, 417, 421, 422, 425, 426, 429, 431}
	for status := range 1000 {
		want := Unknown
		if slices.Contains(refused, status) {
			want = No
		}
		for _, c := range []struct {
			class Class
			want  Executed
		}{{OK, Yes}, {Auth, No}, {Transient, want}, {Fatal, want}} {
			if got := executed(c.class, status); got != c.want {
				t.Errorf("%v %d: %v, want %v", c.class, status, got, c.want)
			}
		}
		want = Unknown
		if status/100 == 3 || status/100 == 4 {
			want = No
		}
		if got := executed(Stale, status); got != want {
			t.Errorf("stale %d: %v, want %v", status, got, want)
		}
	}
}
