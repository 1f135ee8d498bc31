// Command pocketbase is a PocketBase with one collection, claims, that has the
// fields of a claim and takes requests of signed-in users only, over HTTP on
// loopback. Its ready line carries the address and a user's token.
package main

import (
	"errors"
	"flag"
	"net"

	"github.com/pocketbase/pocketbase"
	"github.com/pocketbase/pocketbase/apis"
	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/types"

	"tumen/bench/peers/child"
)

func main() {
	dir := flag.String("dir", "", "empty folder for its store")
	flag.Parse()
	if err := serve(*dir); err != nil {
		child.Fail(err)
	}
}

func serve(dir string) error {
	app := pocketbase.NewWithConfig(pocketbase.Config{DefaultDataDir: dir, HideStartBanner: true})
	if err := app.Bootstrap(); err != nil {
		return err
	}
	if err := app.RunAllMigrations(); err != nil {
		return err
	}
	token, err := prepare(app)
	if err != nil {
		return err
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	address := l.Addr().String()
	app.OnServe().BindFunc(func(e *core.ServeEvent) error {
		e.Listener = l
		e.InstallerFunc = nil // it would open a browser
		child.Ready(address + " " + token)
		return e.Next()
	})
	ended := make(chan error, 1)
	go func() { ended <- apis.Serve(app, apis.ServeConfig{HttpAddr: address}) }()
	select {
	case err := <-ended:
		return err
	case <-child.Done().Done():
		return app.ResetBootstrapState()
	}
}

// prepare makes the collection and a user, and returns the user's token.
func prepare(app core.App) (string, error) {
	settings := app.Settings()
	settings.Logs.MaxDays = 0 // no request log in the store: it would be a second write per call
	if err := app.Save(settings); err != nil {
		return "", err
	}
	claims := core.NewBaseCollection("claims")
	signedIn := types.Pointer(`@request.auth.id != ""`)
	claims.CreateRule, claims.ListRule, claims.ViewRule = signedIn, signedIn, signedIn
	for _, name := range []string{"source", "subject", "aspect", "stance", "words", "words_language", "said_on", "speaker", "quote", "quote_language", "locator", "notes", "reason"} {
		claims.Fields.Add(&core.TextField{Name: name, Max: 20000})
	}
	for _, name := range []string{"low", "best", "high"} {
		claims.Fields.Add(&core.NumberField{Name: name, OnlyInt: true})
	}
	claims.Fields.Add(&core.AutodateField{Name: "created", OnCreate: true})
	claims.AddIndex("claims_subject", false, "subject, aspect", "")
	claims.AddIndex("claims_source", false, "source", "")
	if err := app.Save(claims); err != nil {
		return "", err
	}
	users, err := app.FindCollectionByNameOrId("users")
	if err != nil {
		return "", err
	}
	user := core.NewRecord(users)
	user.SetEmail("worker@example.org")
	user.SetRandomPassword()
	if err := app.Save(user); err != nil {
		return "", err
	}
	token, err := user.NewAuthToken()
	if err == nil && token == "" {
		err = errors.New("pocketbase gave no token")
	}
	return token, err
}
