// What the page of destruction lists counts on.
import { describe, expect, it } from 'vitest'
import { awaitsApproval, commonDepartment, hindranceOf, hoursBegun, mayStop, stepsDone, totalOf, waitLeftMs, type Approval } from './destructions'

const first: Approval = { personId: 'b', name: '乙', roles: ['security_admin'], ms: 1 }

describe('destruction lists', () => {
  it('are approved by two of different roles, neither of whom made them', () => {
    const made = { madeById: 'a', approvals: [] }
    expect(hindranceOf(made, { id: 'a', roles: ['system_admin'] })).toBe('made_it')
    expect(hindranceOf(made, { id: 'b', roles: ['security_admin'] })).toBeNull()
    const once = { madeById: 'a', approvals: [first] }
    expect(hindranceOf(once, { id: 'b', roles: ['audit_admin'] })).toBe('approved_it')
    expect(hindranceOf(once, { id: 'c', roles: ['security_admin'] })).toBe('same_role')
    expect(hindranceOf(once, { id: 'c', roles: ['audit_admin'] })).toBeNull()
  })

  it('can be stopped until they are over', () => {
    expect(awaitsApproval({ state: 'approved by one' })).toBe(true)
    expect(awaitsApproval({ state: 'waiting' })).toBe(false)
    expect(mayStop({ state: 'waiting' })).toBe(true)
    expect(mayStop({ state: 'done' })).toBe(false)
  })

  it('say how far they are, and how long it is still', () => {
    expect(stepsDone({ state: 'listed', approvals: [] })).toBe(1)
    expect(stepsDone({ state: 'waiting', approvals: [first, first] })).toBe(3)
    expect(stepsDone({ state: 'stopped', approvals: [first] })).toBe(2)
    expect(stepsDone({ state: 'done', approvals: [first, first] })).toBe(5)
    expect(waitLeftMs({ state: 'waiting', purgeMs: 10 }, 4)).toBe(6)
    expect(waitLeftMs({ state: 'waiting', purgeMs: 10 }, 40)).toBe(0)
    expect(hoursBegun(1)).toBe(3_600_000)
    expect(waitLeftMs({ state: 'stopped', purgeMs: 10 }, 4)).toBeNull()
    expect(totalOf({ listed: 2, purged: 3 })).toBe(5)
  })

  it('are of the least department that has them all', () => {
    expect(commonDepartment(['13/01', '13/02'])).toBe('13')
    expect(commonDepartment(['13', '14'])).toBe('')
    expect(commonDepartment(['13/01', '13/01'])).toBe('13/01')
    expect(commonDepartment(['', '13'])).toBe('')
    expect(commonDepartment([])).toBe('')
  })
})
