// The list of cases: its filter lives in the address.
import { computed } from 'vue'
import { useRoute, useRouter } from 'vue-router'
import { fetchCases } from '@/api/cases'
import { anyCase, caseStates, type CaseFilter } from '@/core/cases'
import { usePagedList } from './paged_list'

const texts = ['department', 'year', 'number', 'officer', 'cause'] as const

export function useCaseList() {
  const route = useRoute()
  const router = useRouter()

  const filter = computed<CaseFilter>(() => ({
    ...anyCase,
    ...Object.fromEntries(texts.map((name) => [name, words(route.query[name])])),
    state: caseStates.find((one) => one === route.query['state']) ?? '',
  }))

  function narrow(change: Partial<CaseFilter>): void {
    const wanted = Object.entries({ ...filter.value, ...change }).filter(([, value]) => value !== '')
    void router.replace({ query: Object.fromEntries(wanted) })
  }

  return { ...usePagedList(() => filter.value, fetchCases), filter, narrow }
}

function words(value: unknown): string {
  return typeof value === 'string' ? value : ''
}
