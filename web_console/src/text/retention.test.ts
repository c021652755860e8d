// What a layman reads of the rules: in words, and what is not known here as the server says it.
import { expect, it } from 'vitest'
import type { KeepRule } from '@/core/retention'
import { clockDetail, clockWhy, conditionTexts, ruleText, termText, troubleAdvice, troubleText, whyKeptText } from './retention'

const any: KeepRule = { name: 'unlinked', keep: '6', department: null, kind: null, step: null, class: null, linked: null }
const names = { department: (path: string) => `部门${path}`, step: (code: string) => `环节${code}` }

it('says rules in words', () => {
  expect(ruleText('unlinked')).toBe('未关联案件的录像')
  expect(ruleText('本县特别规定')).toBe('本县特别规定')
  expect(termText('6')).toBe('6 个月')
  expect(termText('permanent')).toBe('永久')
  expect(conditionTexts(any, names)).toEqual(['所有录像'])
  expect(conditionTexts({ ...any, department: '13', step: 'sign', linked: false, kind: 'penalty', class: 'own' }, names)).toEqual(['部门13', '行政处罚', '环节sign', 'own', '未关联案件'])
})

it('says reasons and troubles in words', () => {
  expect(whyKeptText('it is held')).toBe('已被冻结，不能销毁')
  expect(whyKeptText('something new')).toBe('something new')
  expect(clockWhy('jumped', '')).toContain('拨动')
  expect(clockWhy('of_a_newer_server', 'it hops')).toBe('it hops')
  expect(clockDetail('jumped: it went on')).toContain('拨动')
  expect(clockDetail('odd: it hops')).toBe('it hops')
  expect(troubleText('disk full')).toBe('存储已满')
  expect(troubleText('odd')).toBe('odd')
  expect(troubleAdvice('odd')).toContain('系统管理员')
})
