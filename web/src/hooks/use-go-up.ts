import { useCallback, useEffect } from 'react';
import { useLocation, useNavigate, useNavigationType } from 'react-router';
import { follow, noTrail, stepsUp } from '@/lib/trail';

let trail = noTrail;

/** Keeps account of where one has been, for `useGoUp`. To be called once, around all pages. */
export function useTrail(): void {
  const { key, pathname } = useLocation();
  const action = useNavigationType();
  useEffect(() => {
    trail = follow(trail, action, { key, pathname });
  }, [action, key, pathname]);
  useEffect(
    () => () => {
      trail = noTrail;
    },
    [],
  );
}

/** Leaves for a page further up: back to where one came from, so that Back doesn't lead here again, else in place of this one. */
export function useGoUp(): (to: string) => void {
  const navigate = useNavigate();
  return useCallback(
    (to) => {
      const steps = stepsUp(trail, to);
      void (steps === null ? navigate(to, { replace: true }) : navigate(-steps));
    },
    [navigate],
  );
}
