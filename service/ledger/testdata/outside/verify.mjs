// Verifies an SD-JWT with @sd-jwt/core and prints what it disclosed.
// Usage: node verify.mjs FOLDER, where FOLDER holds node_modules; standard input
// is {"key":<raw public key, base64url>,"token":<SD-JWT>}.
import { createHash, createPublicKey, verify } from "node:crypto";
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";

const require = createRequire(process.argv[2] + "/");
const { SDJwtInstance } = require("@sd-jwt/core");
const asked = JSON.parse(readFileSync(0, "utf8"));
const key = createPublicKey({ format: "jwk", key: { kty: "OKP", crv: "Ed25519", x: asked.key } });
const judge = new SDJwtInstance({
  hasher: (text, alg) => createHash(alg.replace("-", "")).update(text).digest(),
  verifier: (text, signature) => verify(null, Buffer.from(text), key, Buffer.from(signature, "base64url")),
});
try {
  const { payload, header } = await judge.verify(asked.token);
  console.log(JSON.stringify({ ok: true, payload, header }));
} catch (e) {
  console.log(JSON.stringify({ ok: false, why: String(e) }));
}
