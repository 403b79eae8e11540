"""What the pages share: the frame with the menu, the owner, the run picker, figures and the experiment form."""
