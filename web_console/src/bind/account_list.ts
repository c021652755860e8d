// Accounts, found by words and role, page by page as they are wanted.
import { ref, shallowRef, watch } from 'vue'
import { fetchAccounts } from '@/api/people'
import type { Account, RoleName } from '@/core/people'
import { problemText } from '@/text/problem'

const TYPING_MS = 250

export function useAccountList() {
  const words = ref('')
  const role = ref<RoleName | ''>('')
  const accounts = shallowRef<readonly Account[]>([])
  const next = ref<string | null>(null)
  const loading = ref(false)
  const loaded = ref(false)
  const failure = ref('')
  let round = 0
  let timer: ReturnType<typeof setTimeout> | undefined

  async function load(more = false): Promise<void> {
    const mine = ++round
    loading.value = true
    try {
      const page = await fetchAccounts(words.value.trim(), role.value, more ? (next.value ?? '') : '')
      if (mine !== round) return
      accounts.value = more ? [...accounts.value, ...page.accounts] : page.accounts
      next.value = page.next
      failure.value = ''
      loaded.value = true
    } catch (error) {
      if (mine === round) failure.value = problemText(error)
    }
    if (mine === round) loading.value = false
  }

  /** After a change: the row as the server has it now. */
  function replaced(now: Account): void {
    accounts.value = accounts.value.map((one) => (one.id === now.id ? now : one))
  }

  watch(role, () => load())
  watch(words, () => {
    clearTimeout(timer)
    timer = setTimeout(() => void load(), TYPING_MS)
  })

  return { words, role, accounts, next, loading, loaded, failure, load, replaced }
}
