import { useEffect, useState } from 'react';
import { useSearchParams } from 'react-router';
import { readFilters, writeFilters, type Filters } from './filters';

/** What is looked for. The address keeps it, so that one comes back from a message to where one was. */
export function useFilters(): [Filters, (change: Partial<Filters>) => void] {
  const [params, setParams] = useSearchParams();
  const [filters, setFilters] = useState(() => readFilters(params));
  useEffect(() => {
    if (writeFilters(params, filters).toString() === params.toString()) return undefined;
    const timer = setTimeout(() => setParams((now) => writeFilters(now, filters), { replace: true }), 300);
    return () => clearTimeout(timer);
    // A change of the address alone is no reason to write to it.
    // oxlint-disable-next-line react-hooks/exhaustive-deps
  }, [filters]);
  return [filters, (change) => setFilters((before) => ({ ...before, ...change }))];
}
