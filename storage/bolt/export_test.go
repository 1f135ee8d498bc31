package bolt

import "context"

// RewriteWithRoom is Rewrite where so many bytes are free.
func RewriteWithRoom(path string, free int64) (Rewritten, error) {
	return rewrite(context.Background(), path, func(int64) {}, func(string) (int64, error) { return free, nil })
}
