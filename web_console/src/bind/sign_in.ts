// A sign-in with account and password, through whatever the server still asks for.
import { ref } from 'vue'
import { newRecoveryCodes } from '@/api/me'
import { nextStep, signInWith, type Entered, type Missing } from '@/api/sessions'
import { Refusal } from '@/core/media_session'
import { nextStage, type SignInStage } from '@/core/sign_in_steps'
import { problemText } from '@/text/problem'
import { useSession } from './session_store'

export function useSignIn(done: () => void) {
  const session = useSession()
  const stage = ref<SignInStage>('password')
  const account = ref('')
  const password = ref('')
  const missing = ref<Missing | null>(null)
  const codes = ref<string[]>([])
  const busy = ref(false)
  const failure = ref('')

  async function go(act: () => Promise<Entered>): Promise<void> {
    busy.value = true
    failure.value = ''
    try {
      await take(await act())
    } catch (error) {
      failure.value = problemText(error)
      if (error instanceof Refusal && error.code === 'ticket_refused') begin(failure.value)
    } finally {
      busy.value = false
    }
  }

  async function take(answer: Entered): Promise<void> {
    if ('missing' in answer) {
      missing.value = answer.missing
      stage.value = nextStage(stage.value, answer.missing.step)
      return
    }
    const next = nextStage(stage.value, 'signed_in')
    session.entered(answer.person)
    if (next !== 'codes') return finish()
    codes.value = await newRecoveryCodes().catch(() => [])
    if (codes.value.length === 0) return finish()
    stage.value = 'codes'
  }

  function finish(): void {
    stage.value = 'signed_in'
    password.value = ''
    missing.value = null
    codes.value = []
    done()
  }

  function begin(why = ''): void {
    stage.value = 'password'
    password.value = ''
    missing.value = null
    failure.value = why
  }

  return {
    stage, account, password, missing, codes, busy, failure, begin,
    showPassword: () => go(() => signInWith(account.value.trim(), password.value, null)),
    // With the password once more: a ticket is spent by one wrong code, and people mistype.
    showFactor: (code: string) => go(() => signInWith(account.value.trim(), password.value, code)),
    showNewPassword: (wanted: string) => go(() => nextStep(missing.value?.ticket ?? '', { new_password: wanted })),
    enrol: (code: string) => go(() => nextStep(missing.value?.ticket ?? '', { totp: code })),
    codesKept: finish,
  }
}
