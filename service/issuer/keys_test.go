package issuer

import (
	"bytes"
	"testing"
)

// Whatever an issuer answers, it gives public keys or a refusal.
func FuzzKeySet(f *testing.F) {
	f.Add([]byte(`{"keys":[{"kty":"OKP","crv":"Ed25519","kid":"1","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}`))
	f.Add([]byte(`{"keys":[{"kty":"oct","k":"AAAA"},{"kty":"new"}]}`))
	f.Add([]byte(`[]`))
	f.Fuzz(func(t *testing.T, told []byte) {
		keys, err := parseKeys(bytes.NewReader(told))
		if (err == nil) != (keys != nil && len(keys.Keys) > 0) {
			t.Fatalf("%v, %v", keys, err)
		}
		if err == nil {
			for _, key := range keys.Keys {
				if !key.IsPublic() {
					t.Errorf("a key that is not public: %v", key.KeyID)
				}
			}
		}
	})
}
