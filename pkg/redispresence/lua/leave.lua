-- Takes users from a node, and answers how each of them is now, if that can be told.
-- KEYS[2]: the node's set. ARGV[4]: '1' if the process has a node. ARGV[5…]: users.
local users = rest(5)
if #users > 0 then
  redis.call('SREM', KEYS[2], unpack(users))
  redis.call('SREM', KEYS[2], unpack(idle(users)))
end
if unsettled(ARGV[4] == '1') then
  return UNSETTLED
end
return states(users)
