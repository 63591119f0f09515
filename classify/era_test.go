package classify

import "testing"

func TestEraOf(t *testing.T) {
	for version, want := range map[string]Era{
		"": UnknownEra, "2024-11-05": Sessionful, "2025-11-25": Sessionful, "2026-07-28": Stateless, "2027-01-01": Stateless,
		"DRAFT-2025-v3": Sessionful, "draft": Sessionful,
	} {
		if got := EraOf(version); got != want {
			t.Errorf("%q: %v, want %v", version, got, want)
		}
	}
}
