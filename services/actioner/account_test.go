package actioner

import (
	"testing"

	"github.com/parley-ops/parley/services/internal/account"
)

func TestAccountID(t *testing.T) {
	t.Parallel()
	f := func(set *account.Set, name, id string, known bool) {
		t.Helper()
		if got, ok := accountID(set)(name); got != id || ok != known {
			t.Errorf("%s: got %s, %v", name, got, ok)
		}
	}
	shop := account.Account{ID: "111122223333", Name: "shop"}
	set := account.New(account.Config{}, shop)
	f(set, "shop", "111122223333", true)
	f(set, "111122223333", "111122223333", true)
	f(set, "999999999999", "999999999999", false)
	f(nil, "999999999999", "999999999999", true)
	// That of the process's credentials may have any id.
	f(account.New(account.Config{}, shop, account.Account{Name: "own"}), "999999999999", "999999999999", true)
}
