package redispresence

import (
	_ "embed"

	"github.com/redis/go-redis/v9"
)

var (
	//go:embed lua/common.lua
	commonLua string
	//go:embed lua/join.lua
	joinLua string
	//go:embed lua/leave.lua
	leaveLua string
	//go:embed lua/beat.lua
	beatLua string
	//go:embed lua/idle.lua
	idleLua string
	//go:embed lua/states.lua
	statesLua string
	//go:embed lua/claim.lua
	claimLua string

	joinScript   = redis.NewScript(commonLua + joinLua)
	leaveScript  = redis.NewScript(commonLua + leaveLua)
	beatScript   = redis.NewScript(commonLua + beatLua)
	idleScript   = redis.NewScript(commonLua + idleLua)
	statesScript = redis.NewScript(commonLua + statesLua)
	claimScript  = redis.NewScript(commonLua + claimLua)
)

// mark is common.lua's MARK. No user's id begins with it.
const mark = "~"
