-- Answers how each of the users is, if that can be told. ARGV[4]: '1' if the process has a node. ARGV[5…]: users.
if unsettled(ARGV[4] == '1') then
  return UNSETTLED
end
return states(rest(5))
