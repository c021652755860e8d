// The proof of one act, checked here and not believed: the tree's path by SHA-256, the head's signature by Ed25519.
import { bytesOf, canonical, isIncluded, isOfLine, type Hash, type Head, type Proven, type Verdict } from '@/core/ledger'

const utf8 = new TextEncoder()

export async function verdictOf(proven: Proven): Promise<Verdict> {
  if (!isOfLine(proven.act, proven.line)) return 'line_differs'
  // Without a secure context the browser computes no hashes.
  const subtle = globalThis.crypto?.subtle
  if (!subtle) return 'unchecked'
  const hash: Hash = async (data) => new Uint8Array(await subtle.digest('SHA-256', data))
  if (!(await isIncluded(utf8.encode(proven.line), proven.act.index, proven.proof, proven.head, hash))) return 'not_included'
  const signed = await isSigned(proven.head, subtle)
  if (signed === null) return 'signature_unchecked'
  return signed ? 'included' : 'signature_wrong'
}

/** Null: this browser has no Ed25519; the offline tool checks it. */
async function isSigned(head: Head, subtle: SubtleCrypto): Promise<boolean | null> {
  let key: CryptoKey
  try {
    key = await subtle.importKey('raw', bytesOf(head.key), { name: 'Ed25519' }, false, ['verify'])
  } catch {
    return null
  }
  return subtle.verify({ name: 'Ed25519' }, key, bytesOf(head.signature), utf8.encode(canonical(head.signed)))
}
