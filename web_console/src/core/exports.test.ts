// What the pages of exports count on.
import { describe, expect, it } from 'vitest'
import { doingsWith, downloadsLeft, filters, groupsOf, idsOf, subjectOf } from './exports'

const ready = { state: 'ready', requestedBy: 'a', mode: 'download', downloads: 2, fetched: 1 } as const

describe('exports', () => {
  it('reads what is asked for from the address', () => {
    expect(subjectOf({ recordings: 'one,two' })).toEqual({ of: 'recordings', ids: ['one', 'two'] })
    expect(subjectOf({ case: 'c1' })).toEqual({ of: 'case', ids: ['c1'] })
    expect(subjectOf({ case: ['c1'] })).toEqual({ of: 'recordings', ids: [] })
    expect(idsOf(' a，b\nb ')).toEqual(['a', 'b'])
  })

  it('groups a fingerprint for reading aloud', () => {
    expect(groupsOf('abcdefghi')).toEqual(['abcd', 'efgh', 'i'])
    expect(groupsOf('')).toEqual([])
  })

  it('lets another person decide, and only who asked have the link', () => {
    expect(doingsWith({ ...ready, state: 'requested' }, 'a').decide).toBe(false)
    expect(doingsWith({ ...ready, state: 'requested' }, 'b').decide).toBe(true)
    expect(doingsWith(ready, 'a').link).toBe(true)
    expect(doingsWith(ready, 'b').link).toBe(false)
    expect(doingsWith({ ...ready, fetched: 2 }, 'a').link).toBe(false)
    expect(doingsWith({ ...ready, mode: 'view' }, 'a').link).toBe(false)
    expect(doingsWith({ ...ready, state: 'expired' }, 'a').withdraw).toBe(false)
  })

  it('asks the server for what a tab shows, and never counts below none', () => {
    expect(filters.mine).toEqual({ states: [], mine: true })
    expect(filters.waiting.states).toEqual(['requested'])
    expect(filters.approved).toEqual({ states: ['approved', 'ready'], mine: false })
    expect(downloadsLeft({ downloads: 1, fetched: 3 })).toBe(0)
  })
})
