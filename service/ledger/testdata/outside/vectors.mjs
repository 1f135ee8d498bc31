// Writes testdata/v1.txtar to standard output, with nothing but Node's own
// cryptography and the formats as the package's comment describes them.
import { createHash, createPrivateKey, createPublicKey, sign } from 'node:crypto'

const sha = (...parts) => createHash('sha256').update(Buffer.concat(parts.map(p => Buffer.from(p)))).digest()
const fill = (byte, size) => Buffer.alloc(size, byte)
const b64 = b => Buffer.from(b).toString('base64url')
const files = []
const file = (name, text) => files.push(`-- ${name} --\n${text}\n`)

// Disclosures and the payload: salt n is 16 bytes n, decoy i SHA-256 of "decoy i".
const fields = [
  ['name', '"cases/01hcaseaaaaaaaaaaaaaaaaaaa/claims/01hclaimaaaaaaaaaaaaaaaaaa"'],
  ['marking', '"MARKING_AMBER_STRICT"'],
  ['revision', '1'],
  ['create_time', '"2023-10-09T13:00:00.123456789Z"'],
  ['labels', '{"a":"]}\\"","b":"\\u0007"}'],
  ['subjects', '["cases/01hcaseaaaaaaaaaaaaaaaaaaa/persons/01hpersonaaaaaaaaaaaaaaaaa"]'],
  ['quote', '{"text":"두만강을 건넜다","language":"ko"}'],
]
const disclosure = (salt, name, value) => b64(`["${b64(salt)}","${name}",${value}]`)
const digest = d => b64(sha(d))
const disclosures = fields.map(([name, value], i) => disclosure(fill(i + 1, 16), name, value))
const digests = disclosures.map(digest)
for (let i = 0; digests.length < 12; i++) digests.push(b64(sha(`decoy ${i}`)))
const payload = `{"_sd":[${digests.sort().map(d => `"${d}"`).join(',')}],"_sd_alg":"sha-256"}`
file('fields', fields.map(f => f.join('\t')).join('\n'))
file('disclosures', disclosures.join('\n'))
file('payload', payload)

// Entries.
const time = digest(disclosure(fill(0x81, 16), 'time', '"2023-10-09T13:00:00.5Z"'))
const member = digest(disclosure(fill(0x82, 16), 'member', '"organisations/01horgaaaaaaaaaaaaaaaaaaaa/members/01hmemberaaaaaaaaaaaaaaaaa"'))
const subject = digest(disclosure(fill(1, 16), 'subject', '{"checkpoint": "lost"}'))
const record = 'cases/01hcaseaaaaaaaaaaaaaaaaaaa/claims/01hclaimaaaaaaaaaaaaaaaaaa'
const first = `{"v":1,"method":"ClaimService/CreateClaim","record":"${record}","revision":1,"payload":"${b64(sha(payload))}","time":"${time}","member":"${member}"}`
const second = `{"v":1,"method":"ClaimService/UpdateClaim","record":"${record}","revision":2,"previous":"${b64(sha(first))}","payload":"${b64(sha('another payload'))}","time":"${time}","member":"${member}"}`
const restored = `{"v":1,"method":"tumend/restore","kind":"restored","subject":"${subject}","time":"${time}","member":"${member}"}`
file('entry/first', first)
file('entry/second', second)
file('entry/restored', restored)
const commitments = [first, second, restored].map((e, i) => sha(fill(0x10 * (i + 1), 32), e))
file('commitments', commitments.map(c => c.toString('hex')).join('\n'))

// Trees: leaves 0 to 2 are those commitments, leaf i above is SHA-256 of "leaf i".
const leaf = i => commitments[i] ?? sha(`leaf ${i}`)
const tree = (from, to) => {
  if (to === from) return sha('')
  if (to === from + 1) return sha([0], leaf(from))
  let k = 1
  while (2 * k < to - from) k *= 2
  return sha([1], tree(from, from + k), tree(from + k, to))
}
const sizes = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 255, 256, 257, 1000]
file('roots', sizes.map(n => `${n} ${tree(0, n).toString('hex')}`).join('\n'))

// Checkpoint, proof of leaf 1, SD-JWT: the seed is the bytes 0 to 31, the name of
// the ledger the bytes 0 to 9.
const seed = Buffer.from(Array.from({ length: 32 }, (_, i) => i))
const key = createPrivateKey({ key: Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), seed]), format: 'der', type: 'pkcs8' })
const x = createPublicKey(key).export({ format: 'jwk' }).x
const publicKey = Buffer.concat([Buffer.from([1]), Buffer.from(x, 'base64url')])
const base32 = bytes => [...bytes].map(b => b.toString(2).padStart(8, '0')).join('').match(/.{5}/g).map(bits => 'abcdefghijklmnopqrstuvwxyz234567'[parseInt(bits, 2)]).join('')
const origin = `tumen-ledger-${base32(seed.subarray(0, 10))}/1`
const number = sha(`${origin}\n`, publicKey).subarray(0, 4)
file('verifier', `${origin}+${number.toString('hex')}+${publicKey.toString('base64')}`)
const text = `${origin}\n9\n${tree(0, 9).toString('base64')}\n`
const checkpoint = `${text}\n— ${origin} ${Buffer.concat([number, sign(null, Buffer.from(text), key)]).toString('base64')}\n`
file('checkpoint', checkpoint)
const path = [sha([0], leaf(0)), tree(2, 4), tree(4, 8), tree(8, 9)]
file('proof', `c2sp.org/tlog-proof@v1\nindex 1\n${path.map(h => h.toString('base64') + '\n').join('')}\n${checkpoint}`)
const kid = b64(sha(`{"crv":"Ed25519","kty":"OKP","x":"${x}"}`))
const input = `${b64(`{"alg":"EdDSA","kid":"${kid}","typ":"tumen-revision+sd-jwt"}`)}.${b64(payload)}`
file('sdjwt', `${input}.${b64(sign(null, Buffer.from(input), key))}~${disclosures[0]}~${disclosures[6]}~`)

process.stdout.write(files.join(''))
