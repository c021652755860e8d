// The coverage of an enforcement: of all its terminals together, then of each.
import type { Coverage } from '@/core/coverage'
import { body, msOf, server, type Wire } from './client'

export async function fetchCoverage(enforcementId: string): Promise<Coverage[]> {
  const found = await body(server.GET('/api/v1/enforcements/{enforcement_id}/coverage', { params: { path: { enforcement_id: enforcementId } } }))
  return [...(found.coverage ? [found.coverage] : []), ...found.sources].map(coverageOf)
}

function coverageOf(one: Wire['CoverageEntry']): Coverage {
  return {
    source: one.source,
    perMille: one.per_mille,
    missingMs: msOf(one.missing_us),
    statedMs: msOf(one.stated_us),
    runs: one.runs.map((run) => ({ fromMs: msOf(run.from_utc_us), toMs: msOf(run.to_utc_us), kind: run.kind, reason: run.reason, stated: run.stated })),
  }
}
