// Who is signed in here, and what they may do.
import { defineStore } from 'pinia'
import { computed, ref } from 'vue'
import { onSignedOut } from '@/api/client'
import * as sessions from '@/api/sessions'
import type { Person } from '@/core/model'
import { homeFor } from '@/core/places'

export const useSession = defineStore('session', () => {
  const person = ref<Person | null>(null)
  const asked = ref(false)

  onSignedOut(() => (person.value = null))

  async function ask(): Promise<void> {
    person.value = await sessions.whoAmI()
    asked.value = true
  }

  function entered(now: Person): void {
    person.value = now
    asked.value = true
  }

  async function signIn(code: string): Promise<void> {
    entered(await sessions.signIn(code))
  }

  async function signOut(): Promise<void> {
    try {
      await sessions.signOut()
    } finally {
      person.value = null
    }
  }

  function may(action: string): boolean {
    return person.value?.actions.has(action) ?? false
  }

  const home = computed(() => (person.value ? homeFor(person.value.actions, person.value.roles) : '/sign-in'))

  return { person, asked, signedIn: computed(() => person.value !== null), home, may, ask, entered, signIn, signOut }
})
