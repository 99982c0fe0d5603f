package audit

import (
	"maps"
	"slices"
)

func Routes() []string { return slices.Collect(maps.Keys(routes)) }
