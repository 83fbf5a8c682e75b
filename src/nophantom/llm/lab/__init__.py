"""Orchestra-MoE: the only place that imports torch; nothing above imports it before a study is trained."""
