// Who is signed in here.
import { defineStore } from 'pinia'
import { computed, ref } from 'vue'
import { onSignedOut } from '@/api/client'
import * as sessions from '@/api/sessions'
import type { Person } from '@/core/model'

export const useSession = defineStore('session', () => {
  const person = ref<Person | null>(null)
  const asked = ref(false)

  onSignedOut(() => (person.value = null))

  async function ask(): Promise<void> {
    person.value = await sessions.whoAmI()
    asked.value = true
  }

  async function signIn(code: string): Promise<void> {
    person.value = await sessions.signIn(code)
    asked.value = true
  }

  async function signOut(): Promise<void> {
    try {
      await sessions.signOut()
    } finally {
      person.value = null
    }
  }

  return { person, asked, signedIn: computed(() => person.value !== null), ask, signIn, signOut }
})
