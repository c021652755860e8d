// Every text is used, and both languages fill in the same blanks.
import { readFileSync, readdirSync } from 'node:fs'
import { expect, it } from 'vitest'
import en from './en.json'
import zh from './zh.json'

function leaves(tree: object, path = ''): [string, string][] {
  return Object.entries(tree).flatMap(([key, value]): [string, string][] =>
    typeof value === 'string' ? [[path + key, value]] : leaves(value as object, `${path}${key}.`),
  )
}

const blanks = (words: string) => [...words.matchAll(/\{(\w+)\}/g)].map((found) => found[1]).sort()
const chinese = leaves(zh)
const english = new Map(leaves(en))

it('has the same keys and blanks in both languages', () => {
  expect(chinese.map(([key]) => key).sort()).toEqual([...english.keys()].sort())
  for (const [key, words] of chinese) expect([key, blanks(english.get(key) ?? '')]).toEqual([key, blanks(words)])
})

it('keeps no text that nothing shows', () => {
  const root = new URL('..', import.meta.url)
  const files = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((name) => /\.(vue|ts)$/.test(name) && !name.includes('.test.'))
  const code = files.map((name) => readFileSync(new URL(name, root), 'utf8')).join('\n')
  // A key is used whole, or by its folder: text(`presence.${presence}`).
  const whole = new Set([...code.matchAll(/'([\w.]+)'/g)].map((found) => found[1]))
  const folders = new Set([...code.matchAll(/`([\w.]+\.)\$\{/g)].map((found) => found[1]))
  const unused = chinese.map(([key]) => key).filter((key) => !whole.has(key) && !folders.has(key.slice(0, key.lastIndexOf('.') + 1)))
  expect(unused).toEqual([])
})
