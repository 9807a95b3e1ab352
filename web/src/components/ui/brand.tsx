interface BrandProps {
  large?: boolean;
}

export function Brand({ large = false }: BrandProps) {
  return (
    <span className={`flex items-center gap-2.5 font-semibold tracking-tight ${large ? 'text-2xl' : 'text-lg'}`}>
      <img src="/favicon.svg" alt="" className={large ? 'size-10' : 'size-7'} />
      Parley
    </span>
  );
}
