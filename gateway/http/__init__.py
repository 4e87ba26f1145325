"""The HTTP door: one app that puts the rooms' routers together, and the routes of the identified zone."""
