-- Takes users from a node, and answers with those that are on no live node now, if that can be told.
-- KEYS[2]: the node's set. ARGV[4]: '1' if the process has a node. ARGV[5…]: users.
local users = rest(5)
if #users > 0 then
  redis.call('SREM', KEYS[2], unpack(users))
end
if unsettled(ARGV[4] == '1') then
  return UNSETTLED
end
return offline(users)
