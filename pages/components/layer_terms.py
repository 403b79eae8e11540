"""Terms of layers, gradients and units; see `pages.components.terms`."""

from __future__ import annotations

from pages.components.term import Term

TERMS = {
    "activation": Term(
        "What the units of a layer put out, on to the next layer. For tanh and sigmoid, values heaped at the ends mean "
        "saturation; for relu, a heap at zero means units that are off.",
        r"a = f(W^\top x + b)",
        "Glorot & Bengio 2010, section 3",
    ),
    "pre-activation": Term(
        "What a neuron computes before its nonlinearity: a weighted sum of its inputs plus a bias. "
        "Far from zero, tanh and sigmoid are flat there, and the neuron is saturated.",
        r"z = W^\top x + b",
        "Glorot & Bengio 2010, section 2",
    ),
    "saturation": Term(
        "A neuron is saturated when its output lies close to an asymptote of its nonlinearity. "
        "The slope is then nearly zero, so almost no gradient passes and the neuron learns slowly or not at all.",
        r"|f(z) - a| < \varepsilon,\quad f'(z) \approx 0",
        "Glorot & Bengio 2010, section 3",
    ),
    "dead unit": Term(
        "A unit (of relu and its like) that is off on every probe example. No gradient passes through it, so it does "
        "not learn, and if the layers before it do not move either, it stays off.",
        r"z < 0 \Rightarrow a = 0,\quad f'(z) = 0",
        "Glorot, Bordes & Bengio 2011, section 3",
    ),
    "back-propagated gradient": Term(
        "How the loss of one example changes when a neuron's pre-activation changes. "
        "If it shrinks from layer to layer on the way back, the lower layers receive no signal.",
        r"\partial \ell_i / \partial z",
        "Glorot & Bengio 2010, section 4.2",
    ),
    "weight": Term(
        "The numbers that a layer learns: how strongly each of its inputs counts for each of its units. "
        "Weights that keep growing often announce saturation.",
        "W",
        "Goodfellow, Bengio & Courville 2016, section 6.1",
    ),
    "weight gradient": Term(
        "The direction and strength in which the loss pushes each weight, averaged over the rows of a batch. "
        "Layers whose pushes differ by powers of ten learn at very different speeds.",
        r"\partial \ell / \partial W",
        "Glorot & Bengio 2010, section 4.2",
    ),
    "weight update": Term(
        "How far each weight moves in one update, after the optimizer has scaled the gradient. "
        "Compare it with the weights themselves: that is the update-to-weight ratio.",
        r"\Delta W = W_{t+1} - W_t",
        "Karpathy, CS231n notes, section Babysitting the learning process",
    ),
    "update ratio": Term(
        "The size of one update of a layer's weights, divided by the size of the weights. "
        "Around one thousandth is healthy: much more is unstable, much less is standing still.",
        r"\lVert \Delta W \rVert \,/\, \lVert W \rVert",
        "Karpathy, CS231n notes, section Babysitting the learning process",
    ),
    "singular value": Term(
        "By how much a layer stretches small differences in what it reads, in each of its directions; their mean says "
        "whether differences grow or fade from layer to layer. With random weights of the classical size it is about "
        "0.5, with weights scaled to the layers about 0.8: many layers one after another multiply it.",
        r"J = \partial a / \partial x",
        "Glorot & Bengio 2010, section 4.2.1",
    ),
    "first weights": Term(
        "A network begins with weights drawn at random. How widely decides whether signals and gradients keep their "
        "size from layer to layer: of a layer that reads n numbers and has m units, standard weights are uniform "
        "within ±1/√n, normalized ones within ±√6/√(n + m), and He's, made for ReLU, which cuts off half of the "
        "signal, within ±√6/√n.",
        r"\text{Var}(W) = \tfrac{1}{3n}, \quad \tfrac{2}{n + m}, \quad \tfrac{2}{n}",
        "Glorot & Bengio 2010, equations 1 and 16; He et al. 2015, section 2.2",
    ),
    "mean-field theory": Term(
        "What a network does on average over all first weights that could have been drawn, worked out layer by layer "
        "without drawing any. It holds for layers so wide that chance averages out; in narrow layers one network may "
        "differ from it, the more the deeper it is.",
        r"q_{l+1} = n \,\text{Var}(W) \; \mathbb{E}_{z \sim \mathcal{N}(0, q_l)}[f(z)^2]",
        "Poole et al. 2016; Schoenholz et al. 2017",
    ),
    "residual block": Term(
        "A few layers whose result is added to what they read, instead of replacing it: the signal forward and the "
        "gradient back have a way around the layers, so that neither dies out however many blocks there are.",
        r"y = x + F(x)",
        "He et al. 2016, section 3.1",
    ),
    "normalization layer": Term(
        "A layer that shifts and scales what it reads to mean 0 and standard deviation 1, so that no layer receives a "
        "vanishing or an exploding signal. Batch normalization does so for each unit over the examples of a batch, "
        "layer normalization for each example over the units.",
        r"\hat x = \frac{x - \mu}{\sigma}, \quad y = \gamma\, \hat x + \beta",
        "Ioffe & Szegedy 2015; Ba, Kiros & Hinton 2016",
    ),
    "first-layer weights": Term(
        "The weights between the inputs and the units of the first layer: drawn where the inputs stand, they show the "
        "pattern that a unit answers to. Strokes and edges mean that it has found something to look for; what looks "
        "like noise has not changed much since it was drawn.",
        r"z_j = \sum_i W_{ij}\, x_i + b_j",
        "Bengio 2012, section 4",
    ),
    "Hinton diagram": Term(
        "A picture of a weight matrix: a square for each weight, larger the larger it is, in one colour for positive "
        "and another for negative ones. Rows or columns of tiny squares are inputs or units that hardly count.",
        r"\text{area}_{ij} \propto |W_{ij}|",
        "Bengio 2012, section 4",
    ),
    "preferred input": Term(
        "The examples of the data to which a unit responds most strongly. What they have in common hints at what the "
        "unit looks for, but only among what the data contain.",
        r"\arg\max_n z_j(x_n)",
        "Erhan et al. 2009, section 3",
    ),
    "activation maximization": Term(
        "An input made for one unit: it is moved uphill, along the gradient of the unit's response, as far as the "
        "range of the data allows. It shows what the unit would like best, even where no example looks like it.",
        r"x \leftarrow x + \eta\, \partial z_j / \partial x",
        "Erhan et al. 2009, section 3",
    ),
    "varied unit": Term(
        "One unit, or some weights, are moved while everything before them stays as one example has it, and what lies "
        "behind is computed anew. Whatever changes then is the doing of that part alone.",
        r"a_j \leftarrow v \quad\text{or}\quad W \leftarrow cW",
        "Bengio 2012, section 4",
    ),
    "linear region": Term(
        "A part of the input space in which every unit stays on one straight piece of its nonlinearity (relu: off or "
        "on), so that the network is a plain linear function there. Each layer cuts the regions of the layers before "
        "it, so that depth makes many regions of few units.",
        r"f(x) = A_r\, x + c_r \quad\text{for } x \in r",
        "Montúfar et al. 2014, section 2",
    ),
    "linear probe": Term(
        "A linear model fitted afterwards to what one layer says, to see how much of the target can be read off there. "
        "The network itself is not changed; scores that rise from layer to layer mean that each makes the task easier.",
        r"\hat y = \operatorname{softmax}(V^\top a_k + c)",
        "Alain & Bengio 2016",
    ),
    "gate": Term(
        "A number between 0 and 1 by which an LSTM multiplies what it lets in (input gate), keeps (forget gate) or "
        "hands out (output gate). A gate that is open, or shut, for every example makes no choice.",
        r"c_t = f_t \odot c_{t-1} + i_t \odot g_t",
        "Hochreiter & Schmidhuber 1997; Gers et al. 2000",
    ),
    "attention entropy": Term(
        "How widely attention is spread over the positions: 0 if all of it rests on one of them, ln n if n positions "
        "are seen alike. Its exponential is the number of positions that are looked at, so to speak.",
        r"-\sum_j p_{ij} \ln p_{ij}",
        "Vaswani et al. 2017, section 3.2",
    ),
    "norm test": Term(
        "The noise of a mini-batch's gradient, as a standard error, divided by the gradient's length; its inverse is "
        "the signal-to-noise ratio. Above 1 updates go mostly astray, and a larger batch would help.",
        r"\sqrt{\operatorname{tr}\Sigma / N} \,/\, \|g\|",
        "Byrd et al. 2012, equation 3.9",
    ),
    "noise scale": Term(
        "The number of rows in a mini-batch at which noise and gradient are about equally large. "
        "Much smaller batches waste updates, much larger ones waste rows.",
        r"\operatorname{tr}\Sigma / \|G\|^2",
        "McCandlish et al. 2018",
    ),
    "cosine similarity": Term(
        "How far two directions agree: 1 for the same, 0 for none in common, −1 for opposite ones. "
        "Successive gradients that point against each other mean that training jumps to and fro across a valley.",
        r"g_t \cdot g_{t+1} / (\|g_t\| \|g_{t+1}\|)",
        "Goodfellow, Bengio & Courville 2016, section 2.5",
    ),
    "sharpness": Term(
        "The largest curvature of the loss: how quickly its slope changes in the steepest direction. "
        "Above 2 divided by the learning rate, plain gradient descent overshoots in that direction.",
        r"\lambda_{\max}(\nabla^2 \ell) < 2 / \eta",
        "Cohen et al. 2021",
    ),
}
