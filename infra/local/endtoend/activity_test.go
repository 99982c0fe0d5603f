package endtoend

import (
	"net/http"
	"testing"
)

func TestActivityGrowsWithEachPassword(t *testing.T) {
	t.Parallel()
	admin := administrator(t)
	admin.call("GET", admin.made(object{}).Path()+"/activity", nil).
		want(http.StatusConflict, "job_not_processed")
	j, _, links := admin.invited("acts", 3)

	last := func() int {
		got := get[struct {
			Points []struct{ Active int }
		}](admin, j.Path()+"/activity")
		return got.Points[len(got.Points)-1].Active
	}
	if n := last(); n != 0 {
		t.Errorf("%d had a password before anybody set one", n)
	}

	admin.setPassword(links[0], password).want(http.StatusNoContent, "")
	eventually(t, "the one who set a password is told", func() bool { return last() == 1 })
}
