// Proofs of the ledger, against trees that are built here leaf by leaf.
import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { bytesOf, canonical, hexOf, isIncluded, isOfLine, type ActRow, type Hash } from './ledger'

const hash: Hash = async (data) => new Uint8Array(createHash('sha256').update(data).digest())
const sha = (...parts: Uint8Array[]) => new Uint8Array(createHash('sha256').update(Buffer.concat(parts)).digest())
const leaf = (line: Uint8Array) => sha(Uint8Array.of(0), line)
const node = (left: Uint8Array, right: Uint8Array) => sha(Uint8Array.of(1), left, right)
const lines = (count: number) => Array.from({ length: count }, (_, at) => new TextEncoder().encode(`line ${at}`))
const split = (count: number) => 2 ** Math.floor(Math.log2(count - 1))

// RFC 9162 sections 2.1.1 and 2.1.3.1, by their definitions.
function rootOf(all: Uint8Array[]): Uint8Array {
  if (all.length === 1) return leaf(all[0]!)
  const at = split(all.length)
  return node(rootOf(all.slice(0, at)), rootOf(all.slice(at)))
}

function pathOf(index: number, all: Uint8Array[]): Uint8Array[] {
  if (all.length === 1) return []
  const at = split(all.length)
  return index < at ? [...pathOf(index, all.slice(0, at)), rootOf(all.slice(at))] : [...pathOf(index - at, all.slice(at)), rootOf(all.slice(0, at))]
}

describe('an inclusion proof', () => {
  it('holds for every leaf of every tree up to 21, and for no other leaf', async () => {
    for (let size = 1; size <= 21; size++) {
      const all = lines(size)
      const head = { size, root: hexOf(rootOf(all)) }
      for (let index = 0; index < size; index++) {
        const proof = pathOf(index, all).map(hexOf)
        expect(await isIncluded(all[index]!, index, proof, head, hash)).toBe(true)
        expect(await isIncluded(new TextEncoder().encode('forged'), index, proof, head, hash)).toBe(false)
        if (size > 1) expect(await isIncluded(all[index]!, (index + 1) % size, proof, head, hash)).toBe(false)
        if (proof.length > 0) expect(await isIncluded(all[index]!, index, proof.slice(1), head, hash)).toBe(false)
        expect(await isIncluded(all[index]!, index, [...proof, head.root], head, hash)).toBe(false)
      }
    }
  })

  it('is refused beyond the tree', async () => {
    expect(await isIncluded(lines(1)[0]!, 1, [], { size: 1, root: '' }, hash)).toBe(false)
  })
})

it('compares the row with its line, member by member', () => {
  const said = { identity: 'a', index: 7, actor: 'person:1', actor_name: '王', action: 'person.create', subject: 'person:2', department: '', outcome: 'done', address: '::1', session: 's', utc_us: 1_500, detail: { named: 'lin', of: null } }
  const act: ActRow = { ...said, id: 'a', actorName: '王', ms: 2, outcome: 'done', detail: [['named', 'lin'], ['of', '—']] }
  expect(isOfLine(act, JSON.stringify(said))).toBe(true)
  for (const change of [{ action: 'person.rights' }, { index: 8 }, { actor_name: '李' }, { utc_us: 9_500 }, { detail: { named: 'bai', of: null } }, { detail: {} }]) {
    expect(isOfLine(act, JSON.stringify({ ...said, ...change }))).toBe(false)
  }
  expect(isOfLine(act, 'no JSON')).toBe(false)
})

it('writes canonical JSON and hexadecimal', () => {
  expect(canonical({ size: 3, form: 'x"y', algorithm: 'ed25519' })).toBe('{"algorithm":"ed25519","form":"x\\"y","size":3}')
  expect(hexOf(bytesOf('00ff7a'))).toBe('00ff7a')
})
