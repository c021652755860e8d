// The tokens of both themes, held to WCAG AA: 4.5 for text, 3 for marks.
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'

const sheet = readFileSync(new URL('tokens.css', import.meta.url), 'utf8')

function tokens(theme: string): Map<string, string> {
  const block = sheet.slice(sheet.indexOf(`[data-theme='${theme}'] {`))
  return new Map([...block.slice(0, block.indexOf('}')).matchAll(/--([a-z0-9-]+): (#[0-9a-f]{6});/g)].map((found) => [found[1]!, found[2]!]))
}

function luminance(colour: string): number {
  const [red, green, blue] = [1, 3, 5].map((at) => {
    const share = parseInt(colour.slice(at, at + 2), 16) / 255
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4
  })
  return 0.2126 * red! + 0.7152 * green! + 0.0722 * blue!
}

function contrast(one: string, other: string): number {
  const [dark, light] = [luminance(one), luminance(other)].sort((a, b) => a - b)
  return (light! + 0.05) / (dark! + 0.05)
}

const grounds = ['bg', 'panel', 'panel-2', 'hover']
const pairs: [string, string, number][] = [
  ...grounds.flatMap((ground): [string, string, number][] => [
    ...['text', 'text-2', 'text-3', 'accent-text', 'live', 'warn', 'bad', 'rec'].map((ink): [string, string, number] => [ink, ground, 4.5]),
    ['idle', ground, 3],
    ['focus', ground, 3],
  ]),
  ['on-accent', 'accent-fill', 4.5],
  ['accent-text', 'accent-soft', 4.5],
  ['text', 'accent-soft', 4.5],
  ['live', 'live-soft', 4.5],
  ['bad', 'bad-soft', 4.5],
  ['warn', 'warn-soft', 4.5],
  ['text', 'bad-soft', 4.5],
  ['text', 'warn-soft', 4.5],
  ['text-2', 'panel-3', 4.5],
  ['on-accent', 'bad-fill', 4.5],
  ['text', 'panel-3', 4.5],
]

describe.each(['dark', 'light'])('the %s theme', (theme) => {
  const colours = tokens(theme)
  it.each(pairs)('%s on %s reaches %d', (ink, ground, least) => {
    expect(contrast(colours.get(ink)!, colours.get(ground)!)).toBeGreaterThanOrEqual(least)
  })
})
