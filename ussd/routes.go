package ussd

import "github.com/labstack/echo/v4"

// Routes puts the door on the router: /ussd/<channel>[/<secret>], with …/events for notices that a session is over, and …/session/<id>/<step>
// for carriers that have an address for each step.
// The carrier's kind says which methods it uses.
func (d *Door) Routes(e *echo.Echo) {
	dialled := func(c echo.Context) error {
		d.Dialled(c.Response(), c.Request(), c.Param("channel"), c.Param("secret"))
		return nil
	}
	ended := func(c echo.Context) error {
		d.Ended(c.Response(), c.Request(), c.Param("channel"), c.Param("secret"))
		return nil
	}
	stepped := func(c echo.Context) error {
		d.Stepped(c.Response(), c.Request(), c.Param("channel"), c.Param("secret"), c.Param("step"))
		return nil
	}
	e.Any("/ussd/:channel", dialled)
	e.Any("/ussd/:channel/events", ended)
	e.Any("/ussd/:channel/session/:id/:step", stepped)
	e.Any("/ussd/:channel/:secret", dialled)
	e.Any("/ussd/:channel/:secret/events", ended)
	e.Any("/ussd/:channel/:secret/session/:id/:step", stepped)
}
