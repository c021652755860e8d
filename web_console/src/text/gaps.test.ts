// Reasons of gaps are read by people: never a code.
import { expect, it } from 'vitest'
import { reasonText } from './gaps'

it('says in words what the machine found', () => {
  expect(reasonText('publisher lost')).toBe('网络中断')
  expect(reasonText('handshake_timeout')).toBe('加密握手超时')
  expect(reasonText('sent 9000 kbit/s, more than it may, for too long')).toBe('码率长时间超限')
  expect(reasonText("the person's rights were changed")).toBe('权限已变更')
})

it('shows no code that it does not know, and leaves what people wrote', () => {
  expect(reasonText('some_new_code')).toBe('其他原因')
  expect(reasonText('更换电池')).toBe('更换电池')
  expect(reasonText('publisher lost', true)).toBe('publisher lost') // somebody stated it in these words
  expect(reasonText('')).toBe('')
})
