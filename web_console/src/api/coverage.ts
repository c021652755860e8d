// The coverage of an enforcement: of all its terminals together, then of each.
import type { Coverage } from '@/core/coverage'
import { body, msOf, server, type Wire } from './client'

export async function fetchCoverage(enforcementId: string): Promise<Coverage[]> {
  const timeline = await body(server.GET('/api/v1/enforcements/{enforcement_id}/timeline', { params: { path: { enforcement_id: enforcementId } } }))
  const each = timeline.sources.flatMap((source) => (source.coverage ? [coverageOf(source.coverage)] : []))
  return timeline.coverage ? [coverageOf(timeline.coverage), ...each] : each
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
