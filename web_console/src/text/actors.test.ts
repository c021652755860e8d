// Who did something: oneself by name, another person short, a terminal by its number.
import { expect, it } from 'vitest'
import { actorText } from './actors'

const self = { id: 'p-1', name: '李队' }

it('names oneself, and nobody else in full', () => {
  expect(['person:p-1', 'person:01a0c450-6c00-7311-8351-dcbed407b605', 'terminal:T1301', 'system', ''].map((by) => actorText(by, self))).toEqual(['李队', '人员 d407b605', '终端 T1301', '系统', ''])
  expect(actorText('person:p-1', null)).toBe('人员 p-1')
})
