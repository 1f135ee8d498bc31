// Reads {"key": b64url of an Ed25519 public key, "jwts": [SD-JWT, …]} from
// standard input and prints, for each, what the npm package @sd-jwt/core makes
// of it: {"header": …, "claims": what is disclosed} or {"error": why not}.
import { readFileSync } from 'node:fs'
import { createHash, createPublicKey, verify } from 'node:crypto'
import { createRequire } from 'node:module'
import { pathToFileURL } from 'node:url'

// The package lies where it was installed, not beside this file.
const require = createRequire(pathToFileURL(process.argv[2] + '/'))
const { SDJwtInstance } = require('@sd-jwt/core')

const { key, jwts } = JSON.parse(readFileSync(0, 'utf8'))
const publicKey = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: key }, format: 'jwk' })
const instance = new SDJwtInstance({
  hasher: data => new Uint8Array(createHash('sha256').update(Buffer.from(data)).digest()),
  hashAlg: 'sha-256',
  verifier: (text, signature) => verify(null, Buffer.from(text), publicKey, Buffer.from(signature, 'base64url')),
})

const answers = []
for (const jwt of jwts) {
  try {
    const { header, payload } = await instance.verify(jwt)
    answers.push({ header, claims: payload })
  } catch (e) {
    answers.push({ error: String(e) })
  }
}
process.stdout.write(JSON.stringify(answers))
