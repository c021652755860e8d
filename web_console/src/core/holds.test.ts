// What the page of holds counts on.
import { describe, expect, it } from 'vitest'
import { holdDoings } from './holds'

describe('holds', () => {
  it('are released by another person than the one who asked', () => {
    expect(holdDoings({ state: 'standing', askedBy: null }, 'a')).toEqual({ ask: true, confirm: false })
    expect(holdDoings({ state: 'release asked', askedBy: 'a' }, 'a')).toEqual({ ask: false, confirm: false })
    expect(holdDoings({ state: 'release asked', askedBy: 'a' }, 'b')).toEqual({ ask: false, confirm: true })
    expect(holdDoings({ state: 'over', askedBy: 'a' }, 'b')).toEqual({ ask: false, confirm: false })
  })
})
