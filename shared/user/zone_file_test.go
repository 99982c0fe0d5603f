package user

import (
	"archive/zip"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// windowsZonesFile is CLDR's, as npm's package cldr-core has it.
const windowsZonesFile = "../../infra/tools/node_modules/cldr-core/supplemental/windowsZones.json"

// namesInWindows returns what Windows calls each time zone that stands for one of its own.
func namesInWindows(t *testing.T) map[string][]string {
	content, err := os.ReadFile(windowsZonesFile)
	if err != nil {
		t.Fatal(err)
	}

	var file struct {
		Supplemental struct {
			WindowsZones struct {
				MapTimezones []struct {
					MapZone struct {
						Windows   string `json:"_other"`
						Zone      string `json:"_type"`
						Territory string `json:"_territory"`
					} `json:"mapZone"`
				} `json:"mapTimezones"`
			} `json:"windowsZones"`
		} `json:"supplemental"`
	}
	if err := json.Unmarshal(content, &file); err != nil {
		t.Fatal(err)
	}

	names := map[string][]string{}
	for _, m := range file.Supplemental.WindowsZones.MapTimezones {
		const anyTerritory = "001"
		if m.MapZone.Territory == anyTerritory {
			names[m.MapZone.Zone] = append(names[m.MapZone.Zone], m.MapZone.Windows)
		}
	}
	return names
}

// zonesOfIANA returns the names of the time zones that Go carries.
func zonesOfIANA(t *testing.T) []string {
	root, err := exec.CommandContext(t.Context(), "go", "env", "GOROOT").Output()
	if err != nil {
		t.Fatal(err)
	}
	archive, err := zip.OpenReader(
		filepath.Join(strings.TrimSpace(string(root)), "lib", "time", "zoneinfo.zip"),
	)
	if err != nil {
		t.Fatal(err)
	}
	defer archive.Close()

	var zones []string
	for _, file := range archive.File {
		if !strings.HasSuffix(file.Name, "/") {
			zones = append(zones, file.Name)
		}
	}
	slices.Sort(zones)
	return zones
}

func TestTheTimeZonesAreIANAsWithWindowssNames(t *testing.T) {
	windows := namesInWindows(t)
	var file strings.Builder
	for _, zone := range zonesOfIANA(t) {
		if _, err := time.LoadLocation(zone); err != nil {
			t.Errorf("%s: %v", zone, err)
		}
		file.WriteString(strings.Join(append([]string{zone}, windows[zone]...), "\t") + "\n")
		delete(windows, zone)
	}
	for zone, names := range windows {
		t.Errorf("%q are %s, which isn't IANA's", names, zone)
	}

	want := file.String()
	if *update {
		if err := os.WriteFile("zones.txt", []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	} else if want != zonesFile {
		t.Error("they differ: go test ./shared/user -update writes zones.txt anew")
	}
}
