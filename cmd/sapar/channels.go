package main

// channelsCmd is about the channels of a channels file.
type channelsCmd struct {
	Check        channelsCheckCmd `cmd:"" help:"Say what is wrong with a channels file, as file:line:col: problem."`
	Try          channelsTryCmd   `cmd:"" help:"Play a dialogue against a running server as the channel's carrier would, and print what travels."`
	Log          channelsLogCmd   `cmd:"" help:"Print the latest callbacks of a channel: phones masked, secrets and texts left out."`
	KannelConfig kannelConfigCmd  `cmd:"" help:"Print a kannel.conf for the channels of kind kannel."`
}
