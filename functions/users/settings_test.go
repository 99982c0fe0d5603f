package main

import (
	"testing"

	"latchkey/shared/config/configtest"
)

func TestSettings(t *testing.T) { configtest.Check[settings](t, "users") }
