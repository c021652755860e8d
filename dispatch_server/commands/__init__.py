"""The commands of `dispatch-server`, one file for each family; heavy imports wait until one is given."""
