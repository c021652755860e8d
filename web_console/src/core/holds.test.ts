// What the page of holds counts on.
import { describe, expect, it } from 'vitest'
import { holdDoings } from './holds'

describe('holds', () => {
  it('are released by another person than the one who asked', () => {
    expect(holdDoings({ state: 'standing', askedById: null }, 'a')).toEqual({ ask: true, withdraw: false, confirm: false })
    expect(holdDoings({ state: 'release asked', askedById: 'a' }, 'a')).toEqual({ ask: false, withdraw: true, confirm: false })
    expect(holdDoings({ state: 'release asked', askedById: 'a' }, 'b')).toEqual({ ask: false, withdraw: true, confirm: true })
    expect(holdDoings({ state: 'over', askedById: 'a' }, 'b')).toEqual({ ask: false, withdraw: false, confirm: false })
  })
})
